import { BlockList, isIP } from "node:net";

/** Addresses that do not belong to the public internet (IANA special-purpose registries, RFC 6890 and successors). */
const PRIVATE = new BlockList();
const IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
const IPV6: readonly (readonly [string, number])[] = [
  ["::", 127],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];
for (const [net, bits] of IPV4) PRIVATE.addSubnet(net, bits, "ipv4");
for (const [net, bits] of IPV6) PRIVATE.addSubnet(net, bits, "ipv6");

/** Whether an IP address is private, local or otherwise special; IPv4 inside IPv6 is looked at as IPv4. Not an IP: true. */
export function isPrivateAddress(ip: string): boolean {
  const family = isIP(ip);
  if (family === 0) return true;
  return PRIVATE.check(ip, family === 4 ? "ipv4" : "ipv6");
}
