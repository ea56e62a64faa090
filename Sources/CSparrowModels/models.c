#include "CSparrowModels.h"
