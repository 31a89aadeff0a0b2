"""Endpoints over HTTP: request values in, answers and problems out."""
