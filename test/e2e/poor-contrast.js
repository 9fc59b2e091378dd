/**
 * Runs in the page, as text: names the texts whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3).
 * The script's value is that list.
 */
(() => {
  const parts = (css) => (css.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    if (element === null) return [255, 255, 255];
    const color = parts(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? behind(element.parentElement) : color.slice(0, 3);
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
    );
    if (!own || element.closest('noscript, script') !== null) continue;
    const text = luminance(parts(getComputedStyle(element).color).slice(0, 3));
    const ground = luminance(behind(element));
    const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    if (!(ratio >= 4.5)) poor.push(`${element.tagName} ${element.className} ${ratio.toFixed(2)}`);
  }
  return poor;
})();
