{{- define "chat.env" -}}
- name: LOG
  value: {{ .Values.log | quote }}
- name: OPENAI_API_KEY
  value: {{ .Values.openai.apiKey | quote }}
{{- end -}}
