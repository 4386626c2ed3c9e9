import { expect, test } from "vitest";
import { parseDuration, parsePercent, parseSize, sizeText } from "../../pipeline/config/units.ts";

test.each([
  ["100ms", 100],
  ["8s", 8_000],
  ["5m", 300_000],
  ["1.5h", 5_400_000],
  ["2d", 172_800_000],
  ["0s", 0],
  ["0.1s", 100],
])("the duration %s is %d milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "5", "5 m", "m", "-5m", "5m30s", "5M", "1e3s", "5min", ".5s", "5.s"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

test.each([
  ["1%", 0.01],
  ["0.1%", 0.001],
  ["80%", 0.8],
  ["100%", 1],
  ["0%", 0],
])("the percentage %s is the fraction %d", (text, fraction) => {
  expect(parsePercent(text)).toBe(fraction);
});

test.each(["1", "101%", "-1%", "1 %", "%", "1,5%"])("%j is no percentage", (text) => {
  expect(parsePercent(text)).toBeNull();
});

test.each([
  ["512Mi", 536_870_912],
  ["1.5Gi", 1_610_612_736],
  ["64Ki", 65_536],
  ["300MB", 300_000_000],
  ["2GB", 2_000_000_000],
  ["10kB", 10_000],
])("the size %s is %d bytes", (text, size) => {
  expect(parseSize(text)).toBe(size);
});

test.each(["", "512", "512M", "512 Mi", "-1Mi", "1e3Mi", "512mib", ".5Mi"])("%j is no size", (text) => {
  expect(parseSize(text)).toBeNull();
});

test.each([
  [536_870_912, "512Mi"],
  [1_610_612_736, "1.5Gi"],
  [65_536, "64Ki"],
  [300_000_000, "286.1Mi"],
])("%d bytes are written as %s", (size, text) => {
  expect(sizeText(size)).toBe(text);
});
