// Looks at the page in the frame as a reader would, and writes what it finds behind the frame.
const frame = document.getElementById("frame");
addEventListener("load", () => {
  const inside = frame.contentWindow;
  const page = frame.contentDocument;
  const faults = [];
  const all = (selector) => [...page.querySelectorAll(selector)];

  // Colours: each text against what lies behind it.
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(inside.getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const seen = (element) => element.getClientRects().length > 0 && !element.closest(".unseen, [hidden], desc, title");
  let texts = 0;
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(element) || element.closest("script, style")) continue;
    texts += 1;
    const style = inside.getComputedStyle(element);
    const colour = parse(element.closest("svg") ? style.fill : style.color);
    const [one, other] = [luminance(colour), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)}`);
    if (parseFloat(style.fontSize) < 9.5) faults.push(`small ${style.fontSize}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }

  // What a screen reader goes by.
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push(`h${own} behind h${level}: ${heading.textContent}`);
    if (!heading.textContent.trim()) faults.push(`an empty h${own}`);
    level = own;
  }
  if (all("h1").length !== 1) faults.push(`${all("h1").length} h1`);
  if (all("main").length !== 1) faults.push(`${all("main").length} main`);
  if (!page.documentElement.lang || !page.title.trim()) faults.push("no language or no title of the page");
  const ids = new Set();
  for (const element of all("[id]")) {
    if (ids.has(element.id)) faults.push(`twice: ${element.id}`);
    ids.add(element.id);
  }
  for (const link of all("a[href]")) {
    const target = link.getAttribute("href");
    if (!target.startsWith("#") || !ids.has(decodeURIComponent(target.slice(1)))) faults.push(`leads nowhere: ${target}`);
  }
  for (const element of all("[aria-labelledby], [aria-describedby]")) {
    const named = `${element.getAttribute("aria-labelledby") || ""} ${element.getAttribute("aria-describedby") || ""}`;
    for (const id of named.trim().split(/\s+/)) if (!ids.has(id)) faults.push(`is named by nothing: ${id}`);
  }
  for (const drawing of all("figure svg[role=img], body svg:not(svg svg)")) {
    if (!drawing.querySelector("title") || drawing.getAttribute("role") !== "img") faults.push("a drawing has no title");
  }
  for (const head of all("th")) if (!head.scope) faults.push(`no scope: ${head.textContent}`);
  for (const box of all("input")) if (!box.labels.length) faults.push("a box has no label");
  for (const button of all("button")) {
    if (!(button.getAttribute("aria-label") || button.textContent).trim()) faults.push("a button has no name");
  }
  if (all("*").some((element) => element.tabIndex > 0)) faults.push("the order of the keyboard is changed");

  const wide = all("body *").filter((element) => seen(element) && !element.closest("svg") && element.getBoundingClientRect().right > inside.innerWidth + 1);
  const code = page.querySelector(".block code");
  const button = page.querySelector(".block button");
  let copied = "";
  if (button) {
    // The clipboard of a headless browser is nobody's: what would be written is enough.
    Object.defineProperty(inside.navigator, "clipboard", { value: { writeText: (text) => { copied = text; return Promise.resolve(); } } });
    button.focus();
    if (page.activeElement !== button) faults.push("a button can't be reached by the keyboard");
    button.click();
  }
  setTimeout(() => {
    const report = {
      faults, texts, copied,
      dark: inside.matchMedia("(prefers-color-scheme: dark)").matches,
      width: inside.innerWidth,
      scrollWidth: page.documentElement.scrollWidth,
      widest: wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)),
      buttons: all("button:not([hidden])").length,
      blocks: all(".block").length,
      commands: code ? code.textContent : "",
      said: (page.getElementById("said") || {}).textContent,
    };
    const said = document.createElement("pre");
    said.id = "report";
    said.textContent = JSON.stringify(report);
    document.body.append(said);
  }, 50);
});
