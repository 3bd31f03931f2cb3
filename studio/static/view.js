/** The one view that all pictures share: how large, and which part. Every picture on the page follows it.

A frame is a picture in its window: `size` [w, h] where it just fits, `room` [w, h] of the window, `native`: the
scale at which one of its pixels is one of the page's, `rest`: its scale as long as nobody zooms. All in CSS pixels.
*/

import { keep, word } from "./place.js";

const MOST = 64; // times the size that fits
const SAVED = 250; // ms until the address follows

/** The part of [0, 1] that a centre may take so that no room stays empty. */
function within(centre, size, room) {
  const half = room / size / 2;
  return half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, centre));
}

export class View extends EventTarget {
  #timer = 0;
  #frame = 0;

  constructor() {
    super();
    this.read();
  }

  /** As the address says. `zoom`: null = at rest, "native", or times the size that fits. */
  read() {
    const zoom = word("zoom");
    this.zoom = zoom === "native" ? zoom : Number(zoom) > 0 ? Math.min(MOST, Number(zoom)) : null;
    const place = word("at").split(",").map(Number);
    this.centre = place.length === 2 && place.every((each) => each >= 0 && each <= 1) ? place : [0.5, 0.5];
  }

  /** Whether the grid shows whole pictures. */
  get resting() {
    return this.zoom === null || this.zoom === 1;
  }

  scale(frame) {
    if (this.zoom === null) return frame.rest;
    return this.zoom === "native" ? frame.native : this.zoom;
  }

  /** Whether there is more of the picture than its window shows. */
  movable(frame) {
    return frame.size.some((size, i) => size * this.scale(frame) > frame.room[i] + 0.5);
  }

  /** Where the picture's middle lies from the middle of its window. */
  offset(frame) {
    const scale = this.scale(frame);
    return frame.size.map((size, i) => (0.5 - within(this.centre[i], size * scale, frame.room[i])) * size * scale);
  }

  /** Enlarge by `factor`; what is `at` [x, y] from the window's middle stays there. */
  magnify(factor, frame, at = [0, 0]) {
    const [old, least] = [this.scale(frame), Math.min(1, frame.native)];
    const next = Math.min(MOST, Math.max(least, old * factor));
    const offset = this.offset(frame);
    this.centre = frame.size.map((size, i) => {
      const under = 0.5 + (at[i] - offset[i]) / (size * old);
      return within(under - at[i] / (size * next), size * next, frame.room[i]);
    });
    this.zoom = next === frame.rest ? null : next;
    this.#changed();
  }

  /** Move the pictures by so many pixels. */
  pan(by, frame) {
    const [scale, offset] = [this.scale(frame), this.offset(frame)];
    this.centre = frame.size.map((size, i) =>
      within(0.5 - (offset[i] + by[i]) / (size * scale), size * scale, frame.room[i]),
    );
    this.#changed();
  }

  /** null, "native" or times the size that fits; at rest the middle is in the middle. */
  set(zoom) {
    this.zoom = zoom;
    if (zoom === null || zoom === 1) this.centre = [0.5, 0.5];
    this.#changed();
  }

  #changed() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.dispatchEvent(new Event("change"));
    });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVED);
  }

  save() {
    clearTimeout(this.#timer);
    const middle = this.centre.every((each) => Math.abs(each - 0.5) < 5e-4);
    keep({
      zoom: typeof this.zoom === "number" ? Number(this.zoom.toFixed(3)) : this.zoom,
      at: middle ? null : this.centre.map((each) => each.toFixed(3)).join(","),
    });
  }
}

/** What the place of zoom says: “Fit · 71 %” or “143 %”; per cent of the picture's own pixels. */
export function percent(view, frame, fit) {
  const scale = view.scale(frame);
  const text = `${Math.round((scale / frame.native) * 100)} %`;
  return scale === 1 ? `${fit} · ${text}` : text;
}
