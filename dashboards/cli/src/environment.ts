/** The only place of the command line that reads the process environment. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
