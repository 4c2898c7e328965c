@echo off
rem set OPENAI_API_KEY before
set AZURE_OPENAI_API_KEY=%1
setx OPENAI_API_KEY "%OPENAI_API_KEY%"
echo Set OPENAI_API_KEY in your profile
