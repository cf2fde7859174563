"""How ``screen`` goes about it: picture by picture, shard by shard, and what to do when a decoder crashes."""
