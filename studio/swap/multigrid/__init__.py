"""Laplace's equation inside a mask: conjugate gradients, preconditioned by one multigrid cycle.

Every array is float32 with a rim of one zero cell all around. A *field* is (rows, channels, columns). The cells of all
levels of a pyramid lie one level after the other in one flat array; `levels` (L, 3) int64 holds for each level its
offset in cells, its rows and its columns, rims included.

A coarse cell is a block of 2 x 2 finer cells. Its equation is a finite volume: two neighbouring blocks are joined in
proportion to the number of open pixel borders between them, and every pixel border to the outside holds the block at
zero through the distance from the block's middle. So a curved rim, a hole or a thin strip is seen on all levels, which
a coarse mask that is merely a smaller picture of the fine one does not give. What is left over the conjugate gradients
remove: the cycle is symmetric, hence a lawful preconditioner.
"""
