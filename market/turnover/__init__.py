"""Figures over the register: 合同成交额 and 技术交易额, never mixed."""
