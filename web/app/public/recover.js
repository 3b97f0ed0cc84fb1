// Loads the page again if one of its files is missing: during an update, a page and its files may come from two releases.
// The router does the same for the files of later pages.
{
  const mostTries = 3;
  const key = 'recoveries';
  let isMissing = false;

  const recover = ({ target }) => {
    const isFile = target instanceof HTMLScriptElement || target instanceof HTMLLinkElement;
    if (!isFile || isMissing || document.readyState === 'complete') return;
    isMissing = true;
    const tries = Number(sessionStorage.getItem(key));
    if (tries === mostTries) return;
    sessionStorage.setItem(key, `${tries + 1}`);
    setTimeout(() => location.reload(), tries * 1_000);
  };

  // Errors of elements do not bubble.
  addEventListener('error', recover, true);
  addEventListener('load', () => isMissing || sessionStorage.removeItem(key));
}
