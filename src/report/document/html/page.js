
"use strict";
for (const block of document.querySelectorAll(".block")) {
  const button = block.querySelector("button");
  const code = block.querySelector("code");
  const say = (copied) => {
    document.getElementById("said").textContent = copied ? "Copied" : "Not copied: select the text and copy it";
    button.textContent = copied ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (navigator.clipboard) {
      navigator.clipboard.writeText(code.textContent).then(() => say(true), () => say(select()));
    } else {
      say(select());
    }
  });
}
