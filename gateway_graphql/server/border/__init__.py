"""What stands between any request and what answers it: origins, CSRF, codings, caches."""
