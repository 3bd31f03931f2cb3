/** Wheel, drag and pinch on pictures, for any element: they move the one view. */

const STEP = 0.0022; // of the wheel: a notch of 120 is a third larger
const PINCH = 0.012; // a trackpad's pinch comes as small wheel steps with Ctrl
const DRAG = 4; // px until a press is a drag and no click

/** Let `element` move `view`. `frameAt(event)` → { frame, middle: [x, y] } of the picture there, or null.
 *  `wheel`: whether the plain wheel zooms, too; with Ctrl or ⌘ it always does. */
export function steer(element, view, frameAt, { wheel = false } = {}) {
  const fingers = new Map();
  let held = null; // { frame, middle } where the gesture began
  let dragged = false;

  const from = (event, { middle }) => [event.clientX - middle[0], event.clientY - middle[1]];

  element.addEventListener(
    "wheel",
    (event) => {
      if (!wheel && !event.ctrlKey && !event.metaKey) return;
      const under = frameAt(event);
      if (!under) return;
      event.preventDefault();
      const speed = event.ctrlKey && Math.abs(event.deltaY) < 50 ? PINCH : STEP;
      view.magnify(Math.exp(-event.deltaY * speed), under.frame, from(event, under));
    },
    { passive: false },
  );
  element.addEventListener("touchstart", (event) => event.touches.length > 1 && event.preventDefault(), {
    passive: false,
  });
  element.addEventListener("dragstart", (event) => event.preventDefault());

  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dragged = false;
    held = frameAt(event) ?? held;
    if (held) fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });

  element.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const here = [event.clientX, event.clientY];
    if (fingers.size === 2) return pinch(event.pointerId, last, here);
    const by = here.map((value, i) => value - last[i]);
    if (!view.movable(held.frame) || (!dragged && Math.hypot(...by) < DRAG)) return;
    if (!dragged) element.setPointerCapture(event.pointerId);
    dragged = true;
    element.classList.add("dragging");
    fingers.set(event.pointerId, here);
    view.pan(by, held.frame);
  });

  function pinch(id, last, here) {
    const [other] = [...fingers].filter(([each]) => each !== id).map(([, place]) => place);
    const apart = (place) => Math.hypot(place[0] - other[0], place[1] - other[1]);
    const between = (place) => place.map((value, i) => (value + other[i]) / 2);
    const [was, is] = [between(last), between(here)];
    dragged = true;
    fingers.set(id, here);
    if (apart(last) < 1) return;
    view.magnify(apart(here) / apart(last), held.frame, was.map((value, i) => value - held.middle[i]));
    view.pan(is.map((value, i) => value - was[i]), held.frame);
  }

  for (const end of ["pointerup", "pointercancel"])
    element.addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      element.classList.remove("dragging");
    });
  element.addEventListener(
    "click",
    (event) => {
      if (!dragged) return;
      dragged = false;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );

  /** Whether a gesture, not a click, is under way. */
  return { busy: () => dragged || fingers.size > 1 };
}
