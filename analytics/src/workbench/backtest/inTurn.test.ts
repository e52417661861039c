import { describe, expect, it } from "vitest";
import { inTurn } from "./inTurn.ts";

/** Work whose end the test decides. */
function createWork() {
  const ends = new Map<number, (error?: Error) => void>();
  const begun: number[] = [];
  const work = (item: number) =>
    new Promise<string>((resolve, reject) => {
      begun.push(item);
      ends.set(item, (error) => (error === undefined ? resolve(`answer ${item}`) : reject(error)));
    });
  return { work, begun, end: (item: number, error?: Error) => ends.get(item)?.(error) };
}

describe("work in turn", () => {
  it("has two under way at most and yields in the items' order", async () => {
    const { work, begun, end } = createWork();
    const answers = inTurn([1, 2, 3], 2, work);
    const first = answers.next();
    expect(begun).toEqual([1, 2]);
    end(2);
    end(1);
    expect((await first).value).toBe("answer 1");
    expect(begun).toEqual([1, 2, 3]);
    expect((await answers.next()).value).toBe("answer 2");
    end(3);
    expect((await answers.next()).value).toBe("answer 3");
    expect((await answers.next()).done).toBe(true);
  });

  it("begins nothing more after a failure, and waits for what is under way", async () => {
    const { work, begun, end } = createWork();
    const answers = inTurn([1, 2, 3, 4], 2, work);
    const first = answers.next();
    let isOver = false;
    const outcome = first.then(
      () => "answered",
      (error: Error) => {
        isOver = true;
        return error.message;
      },
    );
    end(1, new Error("no room"));
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    end(2);
    expect(await outcome).toBe("no room");
    expect(begun).toEqual([1, 2]);
  });

  it("takes no items as nothing to do", async () => {
    const { work } = createWork();
    expect((await inTurn<number, string>([], 2, work).next()).done).toBe(true);
  });
});
