export function Settings({ t, value, onChange }) {
  return (
    <label htmlFor="openaiApiKey">
      {t("settings.openaiApiKey")}
      <input id="openaiApiKey" name="openaiApiKey" type="password" value={value} onChange={onChange} />
      <span>You'll find your OpenAI API key on the dashboard.</span>
    </label>
  );
}
