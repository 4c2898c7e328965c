import subprocess

out = subprocess.check_output(["az", "cognitiveservices", "account", "keys", "list", "-g", "rg", "-n", "openai-account"])
text = subprocess.run("az cognitiveservices account keys list -g rg -n openai-account", shell=True)
