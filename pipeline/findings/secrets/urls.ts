import { isPlaceholder, looksRandom } from "./entropy.ts";
import type { Spot } from "./spot.ts";

/** Who a URL logs in, with what, and where; `at` is the offset of the password. */
type Login = { user: string; password: string; host: string; at: number };

/** Longest scheme, and longest part of a URL before its path, that is looked at: a search stays linear. */
const longest = { scheme: 40, authority: 500 };

/** The logins of all URLs in a text that hold a password. */
function loginsIn(text: string): Login[] {
  const found: Login[] = [];
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    if (!/[a-z][a-z0-9+.-]*$/i.test(text.slice(Math.max(0, at - longest.scheme), at))) continue;
    const [authority = ""] = /^[^\s/"'`<>]*/.exec(text.slice(at + 3, at + 3 + longest.authority)) ?? [];
    const login = loginOf(authority);
    if (login) found.push({ ...login, at: at + 3 + login.at });
  }
  return found;
}

/** The last @ is before the host: many write a password that holds one as it is. */
function loginOf(authority: string): Login | null {
  const first = authority.indexOf("@");
  const query = authority.slice(first).search(/[?#]/);
  const end = authority.lastIndexOf("@", query < 0 ? undefined : first + query);
  const colon = authority.indexOf(":");
  if (first < 0 || colon < 0 || colon > end) return null;
  const password = authority.slice(colon + 1, end);
  const [host = ""] = /^(?:\[[^\]]*\]|[^:,?#]*)/.exec(authority.slice(end + 1)) ?? [];
  if (password.length < 3 || host === "") return null;
  return { user: authority.slice(0, colon), password, host, at: colon + 1 };
}

const shownHost = /(?:^|\.)(?:example|invalid|test)(?:\.|$)/i;
const localHost =
  /^(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|db|database|postgres(?:ql)?|redis|host|host\.docker\.internal)$/i;

function givesAway({ user, password, host }: Login): boolean {
  if (isPlaceholder(password) || shownHost.test(host)) return false;
  // What only opens a server on one's own machine, named after its user or short, is a default, no secret.
  return !(localHost.test(host) && (password === user || password.length < 12));
}

/** Whether a URL with a password in it gives a real one away; what is no such URL may be anything. */
export function isSecretUrl(text: string): boolean {
  const found = loginsIn(text);
  return found.length === 0 ? !/:\/\/[^@]*@/.test(text) || looksRandom(text) : found.some(givesAway);
}

export const passwordsIn = (text: string): Spot[] =>
  loginsIn(text)
    .filter(givesAway)
    .map(({ password, at }) => ({
      rule: "url-password",
      kind: "a password in a URL",
      start: at,
      end: at + password.length,
    }));
