"""``make chaos``: stop the upgrade at every point where it acts, in every way, and see that the same command ends well.

``points`` says where and how, ``acts`` what somebody does to the installation at the same time, ``disk`` is a small one
and ``clock`` one that can be set, ``events`` reads what an undisturbed run did, ``playbook`` runs and kills, ``trial``
carries one point to its end and judges it, ``report`` writes down what came out, ``__main__`` is the command.
"""
