resource "google_cloud_run_v2_service" "bot" {
  template {
    containers {
      env {
        name = "OpenAI__ApiKey"
        value_source {
          secret_key_ref {
            secret  = google_secret_manager_secret.main.secret_id
            version = "latest"
          }
        }
      }
    }
  }
}
