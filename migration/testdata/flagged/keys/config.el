(setq gptel-api-key "«sk»")
