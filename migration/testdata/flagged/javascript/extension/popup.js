chrome.storage.sync.get(['openaiApiKey'], (stored) => {
  document.querySelector('#key').value = stored.openaiApiKey ?? '';
});
