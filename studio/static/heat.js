/** Maps of difference laid over pictures, drawn when they come into sight and dropped when they leave it. */

import { FULL, SCALE } from "./colour.js";
import { heatOf } from "./pixels.js";
import { columns } from "./probe.js";

/** A canvas over `link`'s picture with its difference to the file at `against`. */
export async function cover(link, against) {
  const old = link.querySelector("canvas.heat");
  const key = `${link.href} ${against}`;
  if (old?.key === key) return;
  const canvas = old ?? Object.assign(document.createElement("canvas"), { className: "heat" });
  canvas.key = key;
  canvas.setAttribute("aria-hidden", "true");
  link.append(canvas);
  const map = await heatOf(link.href, against);
  if (canvas.key !== key) return map?.close();
  if (!map) return canvas.remove();
  [canvas.width, canvas.height] = [map.width, map.height];
  canvas.getContext("bitmaprenderer").transferFromImageBitmap(map);
}

/** Lay maps over the pictures of a row, each against the column that its head names. */
export function heatLine(line) {
  const links = [...line.children].map((cell) => cell.querySelector("a.picture"));
  columns().forEach(({ against }, i) => {
    if (against !== null && links[i] && links[against]) cover(links[i], links[against].href);
  });
}

export function coolLine(line) {
  for (const canvas of line.querySelectorAll("canvas.heat")) {
    canvas.key = null;
    canvas.remove();
  }
}

/** Draw the scale into its canvas of the foot. */
export function legend(canvas) {
  const context = canvas.getContext("2d");
  for (let x = 0; x < canvas.width; x += 1) {
    const at = 3 * Math.round((x / (canvas.width - 1)) * 255);
    context.fillStyle = `rgb(${SCALE.slice(at, at + 3).join(" ")})`;
    context.fillRect(x, 0, 1, canvas.height);
  }
  canvas.dataset.full = FULL;
}
