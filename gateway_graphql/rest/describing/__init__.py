"""Endpoints as others see them: OpenAPI, its pages, clients."""
