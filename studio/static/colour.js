/** Colour science shared by the page and its worker. */

export const hex = (colour) => `#${colour.map((level) => level.toString(16).padStart(2, "0")).join("")}`;

/** Linear light of each 8-bit sRGB level. */
const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
  const share = level / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

/** CIELAB's root for t = 0, 1/4096, 2/4096 … 1.1: between two of them a line is exact to 0.001 ΔE, and fast. */
const STEPS = 4096;
const ROOT = Float64Array.from({ length: STEPS * 1.1 }, (_, i) =>
  i / STEPS > 216 / 24389 ? Math.cbrt(i / STEPS) : ((24389 / 27) * (i / STEPS) + 16) / 116,
);

function root(t) {
  const place = t * STEPS;
  const at = place | 0;
  return ROOT[at] + (place - at) * (ROOT[at + 1] - ROOT[at]);
}

/** CIELAB (D65) of an sRGB colour of 8-bit levels, written to `out` at `at`. */
export function toLab(red, green, blue, out, at = 0) {
  const [r, g, b] = [LINEAR[red], LINEAR[green], LINEAR[blue]];
  const x = root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = root(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = root((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  out[at] = 116 * y - 16;
  out[at + 1] = 500 * (x - y);
  out[at + 2] = 200 * (y - z);
  return out;
}

/** CIE 1976 colour difference of two sRGB colours; about 2.3 is just visible. */
export function deltaE(one, other) {
  const [a, b] = [toLab(...one, [0, 0, 0]), toLab(...other, [0, 0, 0])];
  return Math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2);
}

export const SEEN = 2.3; // ΔE that is just visible
export const FULL = 20; // ΔE from which the scale of the heat map ends

// Inferno (matplotlib, CC0): lightness grows evenly from end to end.
const STOPS = [0x000004, 0x1b0c41, 0x4a0c6b, 0x781c6d, 0xa52c60, 0xcf4446, 0xed6925, 0xfb9b06, 0xf7d13d, 0xfcffa4];

/** 256 × [red, green, blue] of the heat map, from no difference to `FULL`. */
export const SCALE = Uint8Array.from({ length: 768 }, (_, i) => {
  const place = (Math.floor(i / 3) / 255) * (STOPS.length - 1);
  const at = Math.min(STOPS.length - 2, Math.floor(place));
  const [low, high] = [STOPS[at], STOPS[at + 1]].map((stop) => (stop >> (16 - 8 * (i % 3))) & 255);
  return Math.round(low + (high - low) * (place - at));
});
