/** Which upstreams are relayed unscanned, and by which rule. This is the only place that decides it. */
import { normalizeHost } from "../core/host-name.ts";
import { matchesHostPattern, parseHostPattern } from "../core/host-pattern.ts";
import { parseIpAddress } from "../core/ip-address.ts";
import { type IpRange, parseIpRange, rangeContains } from "../core/ip-range.ts";
import type { Settings } from "../core/settings.ts";

/** An upstream: the name it was asked for by, and the numeric address that was really reached, as far as known. */
export interface ExclusionSubject {
  readonly host?: string;
  readonly address?: string;
}

/** The rule that excludes `subject`, as it was written, or undefined: then it is scanned. Address rules are matched
 *  against the address alone and host rules against the name alone, so that a name that looks like an address
 *  (`192.0.2.1.example.org`) gains nothing (P-50). */
export function findExclusion(exclude: Settings["exclude"], subject: ExclusionSubject): string | undefined {
  const rules = compiled(exclude);
  const address = subject.address === undefined ? undefined : parseIpAddress(subject.address.replace(/%.*$/, ""));
  if (address !== undefined) {
    const rule = rules.ranges.find((range) => rangeContains(range, address));
    if (rule !== undefined) return rule.text;
  }
  if (subject.host === undefined || parseIpAddress(subject.host) !== undefined) return undefined;
  const host = normalizeHost(subject.host);
  return rules.patterns.find((rule) => matchesHostPattern(rule.pattern, host))?.text;
}

interface Rules {
  readonly ranges: readonly IpRange[];
  readonly patterns: readonly { readonly text: string; readonly pattern: string }[];
}

/** Settings never change once they are made: the rules are read once for each. A rule that can not be read, which the
 *  configuration refuses, excludes nothing. */
function compiled(exclude: Settings["exclude"]): Rules {
  const known = RULES.get(exclude);
  if (known !== undefined) return known;
  const ranges: IpRange[] = [];
  for (const text of exclude.ip) {
    const parsed = parseIpRange(text);
    if (parsed.type === "range") ranges.push(parsed.range);
  }
  const patterns: { text: string; pattern: string }[] = [];
  for (const text of exclude.host) {
    const parsed = parseHostPattern(text);
    if (parsed.type === "pattern") patterns.push({ text, pattern: parsed.pattern });
  }
  const rules = { ranges, patterns };
  RULES.set(exclude, rules);
  return rules;
}

const RULES = new WeakMap<Settings["exclude"], Rules>();
