/** Asks the worker that reads the stored files: never the thumbnails on the screen, never this thread. */

let worker = null;
let asked = 0;
const waiting = new Map();

function ask(question) {
  if (!worker) {
    worker = new Worker(new URL("./pixels-worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      waiting.get(data.id)(data.found);
      waiting.delete(data.id);
    });
  }
  const id = ++asked;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ ...question, id });
  });
}

/** For each address [red, green, blue] 0…255 at a place given as share of width and height, or null. */
export const coloursAt = (addresses, across, down) => ask({ ask: "colours", addresses, across, down });

/** An ImageBitmap of the difference of two stored pictures, or null where one cannot be read. */
export const heatOf = (address, against) => ask({ ask: "heat", address, against });
