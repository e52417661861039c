import { createHmac } from "node:crypto";
import type { Channel } from "./channel.ts";
import { INVALID_ROBOT, parseRobotAddress, postToRobot, type RobotOptions } from "./robot.ts";

/** 11232 and 9499 are Feishu's words for too many messages. */
const BUSY = [11_232, 9_499];

/** Feishu's group robot: `https://open.feishu.cn/open-apis/bot/v2/hook/…#<secret>`. */
export function createFeishuChannel({ mayCallPrivate, now }: RobotOptions): Channel {
  return {
    limits: { titleChars: 100, bodyChars: 4000 },
    async send({ id, address, title, body }, signal) {
      const robot = parseRobotAddress(address);
      if (robot === null) return INVALID_ROBOT;
      const timestamp = String(Math.floor(now() / 1000));
      const signed = robot.secret === null ? {} : { timestamp, sign: signFeishu(timestamp, robot.secret) };
      const content = { ...signed, msg_type: "text", content: { text: `${title}\n${body}` } };
      return postToRobot({ id, url: robot.url, body: content, signal, mayCallPrivate, busyCodes: BUSY });
    },
    close: async () => {},
  };
}

/** Base64 of HMAC-SHA256 over nothing, with `timestamp\nsecret` as key, the timestamp in seconds: DingTalk's turned round. */
export function signFeishu(timestamp: string, secret: string): string {
  return createHmac("sha256", `${timestamp}\n${secret}`).update("").digest("base64");
}
