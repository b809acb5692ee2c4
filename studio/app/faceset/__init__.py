"""The facesets panel without Qt: the faces on show, how they are arranged, what is selected and what is proposed."""
