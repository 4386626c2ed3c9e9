const milliseconds: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a duration looks like: a number and one unit of ms, s, m, h or d. */
export const durationPattern = /^\d+(\.\d+)?(ms|s|m|h|d)$/;

const sizeUnits: Record<string, number> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** What a size looks like: a number and one unit of Ki, Mi, Gi (1024), kB, MB, GB (1000). */
export const sizePattern = /^\d+(\.\d+)?(Ki|Mi|Gi|kB|MB|GB)$/;

/** What a share looks like: a number and a percent sign. */
export const percentPattern = /^\d+(\.\d+)?%$/;

/** The longest duration that a timer can hold (2³¹ ms are 24.8 days). */
export const longestMs = 24 * 86_400_000;

/** `5m`, `8s`, `100ms`, `1.5h`, `2d` in milliseconds, or null where the text is no duration. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null;
  const unit = text.replace(/^[\d.]+/, "");
  return Math.round(Number.parseFloat(text) * (milliseconds[unit] ?? Number.NaN));
}

/** `512Mi`, `1.5Gi`, `300MB` in bytes, or null where the text is no size. */
export function parseSize(text: string): number | null {
  if (!sizePattern.test(text)) return null;
  const unit = text.replace(/^[\d.]+/, "");
  return Math.round(Number.parseFloat(text) * (sizeUnits[unit] ?? Number.NaN));
}

/** Bytes as a config says them, to a tenth: `512Mi`, `1.5Gi`. */
export function sizeText(bytes: number): string {
  const unit = bytes >= 2 ** 30 ? "Gi" : bytes >= 2 ** 20 ? "Mi" : "Ki";
  return `${Number((bytes / (sizeUnits[unit] ?? 1)).toFixed(1))}${unit}`;
}

/** `1%` as the fraction 0.01, or null where the text is no percentage from 0 to 100. */
export function parsePercent(text: string): number | null {
  if (!percentPattern.test(text)) return null;
  const percent = Number.parseFloat(text);
  // Dividing keeps what people write exact where multiplying by 0.01 does not: 0.1% is 0.001.
  return percent <= 100 ? percent / 100 : null;
}
