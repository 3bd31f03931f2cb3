/** What every page does: times in the person's own zone, and a sentence while the studio does not answer. */

const exact = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime);
    time.title = exact.format(moment);
    if ("clock" in time.dataset) time.textContent = clock.format(moment);
  }
}

const notice = document.getElementById("notice");

function say(sentence) {
  const line = document.createElement("p");
  line.className = "notice";
  line.append(Object.assign(document.createElement("strong"), { textContent: sentence }));
  notice.replaceChildren(line);
}

/** What failed last; its notice goes when the same question is answered again. */
let failed = "";

document.addEventListener("htmx:error", (event) => {
  failed = event.detail.ctx?.request.action ?? "";
  say(document.body.dataset.offline);
});
document.addEventListener("htmx:after:request", (event) => {
  const { request, response } = event.detail.ctx;
  if (response.status >= 400) failed = request.action;
  else if (failed === request.action) {
    failed = "";
    notice.replaceChildren();
  }
});
document.addEventListener("htmx:after:swap", () => localTimes(document));
localTimes(document);
