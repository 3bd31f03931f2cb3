/** Reads stored files away from the page's own thread: colours of pixels, and maps of difference. */

import { FULL, SCALE, SEEN, toLab } from "./colour.js";

const KEPT = 40e6; // pixels of decoded pictures held at once: a few rows
const HEAT_SIDE = 1024; // a map's longer side at most
const decoded = new Map();

async function decode(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return draw(await createImageBitmap(await answer.blob()));
}

function draw(bitmap, width = bitmap.width, height = bitmap.height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context;
}

function picture(address) {
  const found = decoded.get(address) ?? { size: 0, made: decode(address) };
  decoded.delete(address);
  decoded.set(address, found); // the youngest last
  found.made.then(
    ({ canvas }) => (found.size = canvas.width * canvas.height),
    () => decoded.delete(address),
  );
  let held = [...decoded.values()].reduce((sum, { size }) => sum + size, 0);
  for (const [old, { size }] of decoded) {
    if (held <= KEPT || old === address) break;
    decoded.delete(old);
    held -= size;
  }
  return found.made;
}

/** [red, green, blue] of each picture at a place given as share of width and height; null where none is. */
const colours = ({ addresses, across, down }) =>
  Promise.all(
    addresses.map(async (address) => {
      const context = address && (await picture(address).catch(() => null));
      if (!context) return null;
      const { width, height } = context.canvas;
      const at = [Math.min(width - 1, Math.floor(across * width)), Math.min(height - 1, Math.floor(down * height))];
      return [...context.getImageData(...at, 1, 1).data.slice(0, 3)];
    }),
  );

/** CIELAB of a whole picture at this size, three numbers a pixel. */
function labs(context, width, height) {
  const same = context.canvas.width === width && context.canvas.height === height;
  const levels = (same ? context : draw(context.canvas, width, height)).getImageData(0, 0, width, height).data;
  const found = new Float32Array(width * height * 3);
  for (let i = 0, at = 0; i < levels.length; i += 4, at += 3) toLab(levels[i], levels[i + 1], levels[i + 2], found, at);
  return found;
}

let rival = { key: "" }; // the columns of a row are held against the same picture, one after the other

function labsOfRival(address, context, width, height) {
  const key = `${address} ${width} ${height}`;
  if (rival.key !== key) rival = { key, labs: labs(context, width, height) };
  return rival.labs;
}

/** A bitmap: what cannot be seen is the picture, grey and dim; the rest is the colour of its ΔE. */
async function heat({ address, against }) {
  const [own, other] = await Promise.all([picture(address), picture(against)]);
  const shrink = Math.min(1, HEAT_SIDE / Math.max(own.canvas.width, own.canvas.height));
  const [width, height] = [own.canvas.width, own.canvas.height].map((side) => Math.max(1, Math.round(side * shrink)));
  const map = new ImageData(width, height);
  paint(map.data, labs(own, width, height), labsOfRival(against, other, width, height));
  const made = new OffscreenCanvas(width, height);
  made.getContext("2d").putImageData(map, 0, 0);
  return made.transferToImageBitmap();
}

function paint(map, one, two) {
  for (let i = 0, at = 0; i < map.length; i += 4, at += 3) {
    const [l, a, b] = [one[at] - two[at], one[at + 1] - two[at + 1], one[at + 2] - two[at + 2]];
    const apart = Math.sqrt(l * l + a * a + b * b);
    const colour = 3 * Math.min(255, Math.round((apart / FULL) * 255));
    const ghost = one[at] * 0.9;
    for (let c = 0; c < 3; c += 1) map[i + c] = apart < SEEN ? ghost : SCALE[colour + c];
    map[i + 3] = 255;
  }
}

const ANSWERS = { colours, heat };

self.addEventListener("message", async ({ data }) => {
  const found = await ANSWERS[data.ask](data).catch(() => null);
  self.postMessage({ id: data.id, found }, found instanceof ImageBitmap ? [found] : []);
});
