"""What params.yaml states of whole sources, applied to what was collected."""
