"""Where the dashboards come from: dashboards/generate makes JSON of it."""
