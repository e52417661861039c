#!/usr/bin/env node
// Set before anything touches libuv's pool: the embedded engines run their queries on it (4 threads would serialise them).
process.env.UV_THREADPOOL_SIZE ??= "16";

// The sources run as they are: tsx strips the types, there is no build step for the services.
import("tsx/esm/api")
  .then(({ register }) => {
    register();
    return import("../src/main.ts");
  })
  .then(({ main }) => main(process.argv))
  .then((code) => {
    process.exitCode = code;
    // Once everything is written, nothing that a client library has left behind may keep the process for long.
    process.stdout.write("", () => setTimeout(() => process.exit(), 2_000).unref());
  })
  .catch((error) => {
    process.stderr.write(`bellwether: ${error?.stack ?? error}\n`);
    process.exit(1);
  });
