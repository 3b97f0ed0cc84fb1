{{/* The reference of an image: a digest decides, and the tag is for people. */}}
{{- define "ticketing.image" -}}
{{ with .registry }}{{ . }}/{{ end }}{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
