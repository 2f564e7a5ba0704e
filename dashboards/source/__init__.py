"""The source of the dashboards: dashboards/generate makes their JSON of it."""
