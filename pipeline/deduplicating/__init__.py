"""How ``deduplicate`` judges: what people and files said of pictures, and which of several that are alike stays."""
