"""Drawings of models: as SVG that kgen lays out by itself, as DOT and as Mermaid."""
