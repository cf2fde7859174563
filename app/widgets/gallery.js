// Pictures as links to their passports: a plain click is answered at once, any other opens the address as usual.
const TINY = 64;

function drawPicture(tile) {
  if (!tile.picture) {
    const blank = document.createElement("span");
    blank.className = "blank";
    blank.textContent = tile.problem;
    return blank;
  }
  const image = document.createElement("img");
  image.onload = () => image.classList.toggle("tiny", image.naturalWidth <= TINY);
  image.alt = tile.alt;
  image.src = tile.picture;
  return image;
}

function drawTile(tile) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const address = new URL(window.location.href);
  address.searchParams.set("picture", tile.key);
  link.href = address.href;
  link.dataset.key = tile.key;
  const title = document.createElement("b");
  title.textContent = tile.title;
  link.append(drawPicture(tile), title, tile.words);
  item.append(link);
  return item;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".gallery");
  const shown = JSON.stringify(data);
  // What did not change stays, so that the focus stays where it is.
  if (list.shown !== shown) {
    list.shown = shown;
    list.replaceChildren(...data.map(drawTile));
  }
  list.onclick = (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setTriggerValue("picked", link.dataset.key);
  };
}
