/** Colours of real pixels, read from the stored files and never from the thumbnails on the screen. */

const KEPT = 36; // decoded pictures held at once: a few rows
const canvases = new Map();

async function decoded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context;
}

function picture(address) {
  const found = canvases.get(address) ?? decoded(address);
  canvases.delete(address);
  canvases.set(address, found); // the youngest last
  if (canvases.size > KEPT) canvases.delete(canvases.keys().next().value);
  found.catch(() => canvases.delete(address));
  return found;
}

/** [red, green, blue] 0…255 at a place given as share of width and height, or null. */
export async function colourAt(address, across, down) {
  const context = await picture(address).catch(() => null);
  if (!context) return null;
  const { width, height } = context.canvas;
  const x = Math.min(width - 1, Math.floor(across * width));
  const y = Math.min(height - 1, Math.floor(down * height));
  return [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
}

export const hex = (colour) => `#${colour.map((level) => level.toString(16).padStart(2, "0")).join("")}`;

/** CIELAB (D65) of an sRGB colour. */
function lab(colour) {
  const [r, g, b] = colour.map((level) => {
    const share = level / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [x, y, z] = [
    (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
  ].map((t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE 1976 colour difference; about 2.3 is just visible. */
export const deltaE = (one, other) => Math.hypot(...lab(one).map((value, i) => value - lab(other)[i]));
