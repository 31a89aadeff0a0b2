"""Operations, field sets and type references as small frozen values."""
