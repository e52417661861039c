import type { Channel } from "./channel.ts";
import { INVALID_ROBOT, parseRobotAddress, postToRobot, type RobotOptions } from "./robot.ts";

/** -1 system busy, 45009 more than 20 messages a minute. */
const BUSY = [-1, 45_009];

/** WeCom's group robot: `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…`; the key in the address is all there is. */
export function createWeComChannel({ mayCallPrivate }: RobotOptions): Channel {
  return {
    // A text takes 2048 bytes; Chinese needs three a character.
    limits: { titleChars: 80, bodyChars: 580 },
    async send({ id, address, title, body }, signal) {
      const robot = parseRobotAddress(address);
      if (robot === null) return INVALID_ROBOT;
      const content = { msgtype: "text", text: { content: `${title}\n${body}` } };
      return postToRobot({ id, url: robot.url, body: content, signal, mayCallPrivate, busyCodes: BUSY });
    },
    close: async () => {},
  };
}
