#!/bin/bash
usage() {
  cat <<EOF
Usage: chat [options]
  OPENAI_API_KEY   is not read; run az login
  OPENAI_BASE_URL  the address
EOF
}
echo "Set OPENAI_API_KEY? Not here."
echo 'export OPENAI_API_KEY=...'
printf 'OPENAI_API_KEY is ignored\n' >&2
unset OPENAI_API_KEY AZURE_OPENAI_API_KEY
env -u OPENAI_API_KEY ./chat
