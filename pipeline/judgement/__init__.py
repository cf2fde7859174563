"""What may be said of a detector, and of a picture: computed here, and shown by every surface in the same words.

``evaluate`` judges the detector and writes ``judgement.json``; whoever asks the detector about a picture opens a
``PictureJudge`` on the folder of the model. "Cannot be judged" and "cannot tell" are answers.
"""
