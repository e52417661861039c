import { createHmac } from "node:crypto";
import type { Channel } from "./channel.ts";
import { INVALID_ROBOT, parseRobotAddress, postToRobot, type RobotOptions } from "./robot.ts";

/** -1 system busy, 130101 more than 20 messages a minute, 410100 the robot is limited. */
const BUSY = [-1, 130_101, 410_100];

/** DingTalk's group robot: `https://oapi.dingtalk.com/robot/send?access_token=…#SEC…`. */
export function createDingTalkChannel({ mayCallPrivate, now }: RobotOptions): Channel {
  return {
    limits: { titleChars: 100, bodyChars: 4000 },
    async send({ id, address, title, body }, signal) {
      const robot = parseRobotAddress(address);
      if (robot === null) return INVALID_ROBOT;
      if (robot.secret !== null) {
        const timestamp = String(now());
        robot.url.searchParams.set("timestamp", timestamp);
        robot.url.searchParams.set("sign", signDingTalk(timestamp, robot.secret));
      }
      const content = { msgtype: "text", text: { content: `${title}\n${body}` } };
      return postToRobot({ id, url: robot.url, body: content, signal, mayCallPrivate, busyCodes: BUSY });
    },
    close: async () => {},
  };
}

/** Base64 of HMAC-SHA256 with the secret as key over `timestamp\nsecret`, the timestamp in ms. */
export function signDingTalk(timestamp: string, secret: string): string {
  return createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");
}
