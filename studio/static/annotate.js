/** One photo: overlays, native size, and five points set by clicks or keys. */

const FIVE = 5;
const NEAR = 14; // CSS pixels within which a press takes hold of a point
const KEPT = "photo-views"; // what is shown stays from photo to photo

class PhotoStage extends HTMLElement {
  #points = [];
  #placing = false;
  #cross = null;
  #held = -1;
  #views = new Set((sessionStorage.getItem(KEPT) ?? "points").split(" "));

  connectedCallback() {
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("htmx:after:swap", () => this.#answered());
    this.addEventListener("pointerdown", (event) => this.#press(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    this.addEventListener("pointerup", (event) => this.#release(event));
    this.addEventListener("pointercancel", () => (this.#held = -1));
    this.#fresh();
  }

  get #sheet() {
    return this.querySelector("svg");
  }

  get #form() {
    return document.querySelector(".placing");
  }

  get #size() {
    return [this.#sheet.viewBox.baseVal.width, this.#sheet.viewBox.baseVal.height];
  }

  /** A form was answered with the content anew; what was typed or chosen for it is done with. */
  #answered() {
    for (const field of document.querySelectorAll('[data-empty], input[type="file"]')) field.value = "";
    this.#fresh();
  }

  /** The page came, or its content anew. */
  #fresh() {
    this.#placing = false;
    this.#points = JSON.parse(this.dataset.points);
    this.title = this.dataset.zoom;
    this.#draw();
  }

  #draw() {
    for (const button of document.querySelectorAll("[data-view]")) {
      const on = this.#views.has(button.dataset.view);
      button.setAttribute("aria-pressed", String(on));
      this.classList.toggle(`show-${button.dataset.view}`, on);
    }
    const native = this.classList.contains("native");
    document.querySelector("[data-native]").setAttribute("aria-pressed", String(native));
    for (const [i, side] of ["width", "height"].entries())
      this.#sheet.style[side] = native ? `${this.#size[i] / devicePixelRatio}px` : "";
    this.classList.toggle("placing", this.#placing);
    this.#form.hidden = !this.#placing;
    document.querySelector(".tools").hidden = this.#placing;
    if (this.#placing) this.#ask();
    this.#drawPoints();
  }

  #drawPoints() {
    const group = this.querySelector(".points");
    group.replaceChildren(
      ...this.#points.flatMap(([x, y]) => ["under", "point"].map((name) => dot(name, `M${x} ${y}h0`))),
    );
    const guess = JSON.parse(this.dataset.guess);
    const rings = this.#points.length && !this.#placing ? [] : guess.slice(this.#points.length);
    this.querySelector(".guessed").setAttribute("d", rings.map((point) => ring(point, this.#size[0] / 60)).join(""));
    const at = this.#placing && this.#cross;
    const [w, h] = this.#size;
    this.querySelector(".cross").setAttribute("d", at ? `M0 ${at[1]}H${w}M${at[0]} 0V${h}` : "");
  }

  #ask() {
    const asks = [...this.querySelectorAll(".asks li")].map((item) => item.textContent);
    const n = this.#points.length;
    const line = this.querySelector(".ask-line").content.textContent;
    const said = n < FIVE ? line.replace("{number}", n + 1).replace("{what}", asks[n]) : asks[FIVE];
    const ask = this.#form.querySelector(".ask");
    if (ask.textContent !== said) ask.textContent = said;
    this.#form.querySelector("[data-save]").disabled = n < FIVE;
    this.#form.querySelector("[data-undo]").disabled = n === 0;
    this.#form.elements.points.value = this.#points.map((point) => point.join(",")).join(" ");
  }

  // Views and size

  #toggle(view) {
    const others = { hair: "edge", edge: "hair" };
    if (!this.#views.delete(view)) this.#views.add(view).delete(others[view]);
    sessionStorage.setItem(KEPT, [...this.#views].join(" "));
    this.#draw();
  }

  /** Off, area, edge, off. */
  #cycleMask() {
    if (this.#views.has("hair")) this.#toggle("edge");
    else this.#toggle(this.#views.has("edge") ? "edge" : "hair");
  }

  /** Between fit and 100 %; the place `at` of the window stays where it is. */
  #zoom(at = null) {
    const [x, y] = at ? this.#place(...at) : this.#size.map((side) => side / 2);
    this.classList.toggle("native");
    this.#draw();
    const box = this.getBoundingClientRect();
    const [left, top] = at ? [at[0] - box.left, at[1] - box.top] : [box.width / 2, box.height / 2];
    this.scrollTo(x / devicePixelRatio - left, y / devicePixelRatio - top);
  }

  /** A place of the window in pixels of the photo, held within it. */
  #place(clientX, clientY) {
    const point = new DOMPoint(clientX, clientY).matrixTransform(this.#sheet.getScreenCTM().inverse());
    return [point.x, point.y].map((value, i) => tenth(Math.min(this.#size[i], Math.max(0, value))));
  }

  #inside(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      this.#sheet.getScreenCTM().inverse(),
    );
    return x >= 0 && y >= 0 && x <= this.#size[0] && y <= this.#size[1];
  }

  // Pointer

  #press(event) {
    if (event.button || !this.#placing) return;
    const scale = this.#sheet.getScreenCTM().a;
    const [x, y] = this.#place(event.clientX, event.clientY);
    this.#held = this.#points.findIndex((point) => Math.hypot(point[0] - x, point[1] - y) * scale < NEAR);
    if (this.#held < 0 && this.#inside(event)) this.#add([x, y]);
    this.#cross = null;
    this.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (this.#held < 0) return;
    this.#points[this.#held] = this.#place(event.clientX, event.clientY);
    this.#draw();
  }

  #release(event) {
    if (!this.#placing && event.button === 0 && this.#inside(event)) this.#zoom([event.clientX, event.clientY]);
    this.#held = -1;
    this.#offerSave(); // not at the press: the browser would give the focus back to the photo
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (!button || button.disabled) return;
    if (button.dataset.view) this.#toggle(button.dataset.view);
    else if ("native" in button.dataset) this.#zoom();
    else if ("place" in button.dataset) this.#begin();
    else if ("undo" in button.dataset) this.#undo();
    else if ("take" in button.dataset) this.#take();
    else if ("leave" in button.dataset) this.#leave();
  }

  // Five points

  #begin() {
    if (!document.querySelector("[data-place]")) return;
    [this.#placing, this.#points, this.#cross] = [true, [], null];
    this.#draw();
    this.scrollIntoView({ block: "nearest" });
    this.focus({ preventScroll: true });
  }

  #leave() {
    this.#fresh();
    document.querySelector("[data-place]")?.focus();
  }

  #add(point) {
    if (this.#points.length === FIVE) return;
    this.#points.push(point);
    this.#draw();
  }

  /** All five are there: Enter saves. */
  #offerSave() {
    if (this.#placing && this.#points.length === FIVE)
      this.#form.querySelector("[data-save]").focus({ preventScroll: true });
  }

  #undo() {
    this.#cross = this.#points.pop() ?? this.#cross;
    this.#draw();
    this.focus({ preventScroll: true });
  }

  #take() {
    for (const point of JSON.parse(this.dataset.guess).slice(this.#points.length)) this.#add(point);
    this.#offerSave();
  }

  // Keys

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.matches("input, textarea, select")) return this.#typed(event);
    const act = (this.#placing ? this.#placingKeys(event) : this.#lookingKeys(event))[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Enter in the name sends it: it is one line, however it is folded. */
  #typed(event) {
    if (event.key !== "Enter" || event.isComposing || !("line" in event.target.dataset)) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  }

  #lookingKeys(event) {
    const go = (rel) => () => document.querySelector(`a[rel="${rel}"]`)?.click();
    const keys = {
      j: go("next"), k: go("prev"), l: () => this.#begin(), m: () => this.#cycleMask(), z: () => this.#zoom(),
      e: () => this.#toggle("eyes"), p: () => this.#toggle("points"), t: () => this.#toggle("target"),
    };
    if (event.target === this) keys.Enter = keys.z;
    return keys;
  }

  #placingKeys(event) {
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(...this.#size) / 100));
    const keys = { Backspace: () => this.#undo(), Escape: () => this.#leave() };
    if (this.dataset.guess !== "[]") keys.g = () => this.#take();
    if (event.target.closest("button")) return keys;
    return {
      ...keys,
      ArrowLeft: () => this.#steer(-step, 0),
      ArrowRight: () => this.#steer(step, 0),
      ArrowUp: () => this.#steer(0, -step),
      ArrowDown: () => this.#steer(0, step),
      Enter: () => this.#set(),
    };
  }

  /** The cross becomes the next point. */
  #set() {
    if (this.#cross) this.#add(this.#cross);
    this.#offerSave();
  }

  #steer(right, down) {
    const guess = JSON.parse(this.dataset.guess)[this.#points.length];
    const from = this.#cross ?? guess ?? this.#points.at(-1) ?? this.#size.map((side) => side / 2);
    this.#cross = [from[0] + right, from[1] + down].map((value, i) =>
      tenth(Math.min(this.#size[i], Math.max(0, value))),
    );
    this.#draw();
  }
}

const tenth = (value) => Math.round(value * 10) / 10;

function dot(name, shape) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
  made.setAttribute("class", name);
  made.setAttribute("d", shape);
  return made;
}

const ring = ([x, y], r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

customElements.define("photo-stage", PhotoStage);
