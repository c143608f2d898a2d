"""Classes that Keras offers and a spec cannot use, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_OWN_CLASS = "or write a class of your own and name it under 'imports'"
_OWN_FUNCTION = "name a function of your own under 'imports' and hand it over"
# Class -> why not, and what instead, for a message.
UNWRITABLE: Mapping[str, str] = {
    "CallbackList": "Keras makes one of all callbacks; list them one by one",
    "LambdaCallback": f"it calls Python functions, which a spec cannot hold; {_OWN_FUNCTION}",
    "LearningRateScheduler": "it calls a Python function, which a spec cannot hold; give "
    "the optimizer a schedule such as ExponentialDecay(0.01, 1000, 0.9) as its "
    f"learning_rate, or {_OWN_FUNCTION}",
    "Mean": "it takes values, and compile gives a metric targets and predictions; use "
    f"MeanAbsoluteError() for instance, {_OWN_CLASS}",
    "MeanMetricWrapper": "it calls a Python function, which a spec cannot hold; name one "
    f"of Keras' metrics, {_OWN_CLASS}",
    "Sum": "it takes values, and compile gives a metric targets and predictions; use one "
    f"of Keras' other metrics, {_OWN_CLASS}",
}
