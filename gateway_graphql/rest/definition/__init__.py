"""Operations with addresses: files -> endpoints, checked at start."""
