/** A finger that rests shows the photo; one that goes to the side changes the column. */

const HOLD = 350; // ms a finger rests until the photo shows
const SWIPE = 40; // px to the side

export function touch(desk) {
  let finger = null;
  let timer = 0;
  const end = () => {
    clearTimeout(timer);
    finger = null;
    desk.pictures.flip(false);
  };
  desk.addEventListener("pointerdown", (event) => {
    clearTimeout(timer);
    if (event.pointerType === "mouse" || !event.isPrimary || !event.target.closest("a.picture")) return end();
    finger = [event.clientX, event.clientY];
    timer = setTimeout(() => {
      finger = null;
      desk.pictures.flip(true);
    }, HOLD);
  });
  desk.addEventListener("pointermove", (event) => {
    if (!finger || event.pointerType === "mouse") return;
    const [x, y] = [event.clientX - finger[0], event.clientY - finger[1]];
    if (Math.hypot(x, y) < 10) return;
    clearTimeout(timer);
    if (!desk.view.resting || Math.abs(x) < SWIPE || Math.abs(x) < Math.abs(y)) return;
    finger = null;
    desk.turn(-Math.sign(x));
  });
  for (const name of ["pointerup", "pointercancel"]) desk.addEventListener(name, end);
  desk.addEventListener("contextmenu", (event) => desk.classList.contains("flip") && event.preventDefault());
}
